// The heads of an event stream, one JSON line each, as Lodestar's own client gives them: the API's address
import {getClient} from "@lodestar/api";
import {config} from "@lodestar/config/default";

const client = getClient({baseUrl: process.argv[2]}, {config});
const print = (line) => console.log(JSON.stringify(line));
await client.events.eventstream({
  topics: ["head"],
  signal: new AbortController().signal,
  onEvent: ({message}) => print({head: {slot: String(message.slot), block: message.block}}),
  onError: (error) => print({error: String(error)}),
  onClose: () => print({closed: true}),
});
