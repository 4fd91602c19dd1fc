// An event stream handed on by Node.js to whoever asks, to hold headmon's against: `fan_out.mjs PORT` reads node 0 of a
// head_sender, prints `listening PORT` and writes each event to all clients. No ids, no replay, no limit of memory.
import http from 'node:http';

const clients = new Set();
const server = http.createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('retry: 1000\n\n');
  clients.add(response);
  response.on('close', () => clients.delete(response));
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => console.log(`listening ${server.address().port}`));

http.get(`http://127.0.0.1:${process.argv[2]}/node0/eth/v1/events?topics=head`, (node) => {
  let text = '';
  node.on('data', (bytes) => {
    text += bytes;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = Buffer.from(`${text.slice(0, end).trimStart()}\n\n`);
      text = text.slice(end + 2);
      if (event.length > 2) {
        for (const client of clients) client.write(event);
      }
    }
  });
});
