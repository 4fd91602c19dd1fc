// The heads of an event stream, one JSON line each, as the package `eventsource` gives them: URL
import {EventSource} from "eventsource";

const source = new EventSource(process.argv[2]);
source.addEventListener("open", () => console.log(JSON.stringify({open: true})));
source.addEventListener("error", (event) => console.log(JSON.stringify({error: String(event.message)})));
source.addEventListener("head", (event) => console.log(JSON.stringify({id: event.lastEventId, head: JSON.parse(event.data)})));
