'use strict';
// Some dependencies resolve to releases that want newer Node built-ins.
if (!Promise.withResolvers) {
  Promise.withResolvers = function () {
    let resolve, reject;
    const promise = new this((a, b) => { resolve = a; reject = b; });
    return { promise, resolve, reject };
  };
}
// 1.5.1 closes its listeners on the first SIGTERM but does not exit: end it 5 s later.
if (require('node:worker_threads').isMainThread) {
  for (const s of ['SIGTERM', 'SIGINT']) process.once(s, () => setTimeout(() => process.exit(0), 5000));
}
