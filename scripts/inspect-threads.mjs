/**
 * `node --experimental-websocket scripts/inspect-threads.mjs [HOST:PORT] [EXPRESSION]` (without the flag
 * from Node 22 on): evaluates an expression in every thread of a process whose inspector is open, and
 * prints what it gives. docs/internals/debugging.md has examples.
 */
const [address = "127.0.0.1:9229", expression = "performance.eventLoopUtilization()"] =
  process.argv.slice(2);
/** Threads that the inspector has not told of by then are not asked. */
const ATTACH_MS = 500;

const [target] = await (await fetch(`http://${address}/json/list`)).json();
const socket = new WebSocket(target.webSocketDebuggerUrl);
await new Promise((resolve, reject) => {
  socket.addEventListener("open", resolve, { once: true });
  socket.addEventListener("error", reject, { once: true });
});

const answers = new Map();
const threads = [{ title: "main", sessionId: null }];
let lastId = 0;

socket.addEventListener("message", ({ data }) => {
  const { id, method, params, result } = JSON.parse(data);
  if (method === "NodeWorker.attachedToWorker") {
    const { title, url } = params.workerInfo;
    threads.push({ title: `${title} ${url}`, sessionId: params.sessionId });
  } else if (method === "NodeWorker.receivedMessageFromWorker") {
    const answer = JSON.parse(params.message);
    answers.get(answer.id)?.(answer.result);
  } else answers.get(id)?.(result);
});

/** Sends a command to a thread; resolves with its result. */
function ask(sessionId, method, params) {
  const id = ++lastId;
  const message = { id, method, params };
  return new Promise((resolve) => {
    answers.set(id, resolve);
    if (sessionId === null) socket.send(JSON.stringify(message));
    else {
      const forwarded = { sessionId, message: JSON.stringify(message) };
      const params = { id: ++lastId, method: "NodeWorker.sendMessageToWorker", params: forwarded };
      socket.send(JSON.stringify(params));
    }
  });
}

await ask(null, "NodeWorker.enable", { waitForDebuggerOnStart: false });
await new Promise((resolve) => setTimeout(resolve, ATTACH_MS));
for (const { title, sessionId } of threads) {
  const { result, exceptionDetails } = await ask(sessionId, "Runtime.evaluate", {
    expression: `JSON.stringify(${expression})`,
    includeCommandLineAPI: true,
    awaitPromise: true,
  });
  const value = exceptionDetails?.exception?.description ?? result.value;
  process.stdout.write(`${title}: ${value}\n`);
}
socket.close();
