import { Runtime, TaskScope, sleep, spawn } from "@bascule/core";
import { TcpListener, TcpStream } from "@bascule/net";
const l = await TcpListener.bind({port:0});
const server = spawn(async function serve() {
  await using scope = new TaskScope({name:"connections"});
  for await (const s of l) scope.spawn(async () => { for await (const c of s) await s.write(c); }, {name:"echo"});
}, {name:"server"});
const c = await TcpStream.connect({port:l.address.port});
const d = await TcpStream.connect({port:l.address.port});
for (let i=0;i<100;i++){ await c.write("hi"); await c.readExactly(2);}
await sleep(5);
process.exit(0);
