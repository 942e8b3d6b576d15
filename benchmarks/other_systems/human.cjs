/** @vladmandic/human on tfjs' WASM backend: detector, mesh, emotion, and faceres for age and gender. */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const home = path.join(process.env.NODE_PATH, '@vladmandic/human'); // by its path: it exports no file that require finds
const { Human } = require(path.join(home, 'dist/human.node-wasm.js'));
const { answer } = require('./line_protocol.cjs');

/** Node's own fetch reads no files. */
const fetchFromNetwork = globalThis.fetch;
globalThis.fetch = async (address, options) => {
  const name = String(address);
  return name.startsWith('file://') ? new Response(fs.readFileSync(new URL(name))) : fetchFromNetwork(address, options);
};

async function main() {
  const off = { enabled: false };
  const human = new Human({
    backend: 'wasm',
    wasmPath: `${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`,
    modelBasePath: `file://${home}/models/`,
    debug: false,
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    face: { iris: off, antispoof: off, liveness: off },
  });
  await human.init();
  human.tf.setThreadsCount?.(1);
  await human.load();
  await answer(async (rgb, width, height) => {
    const image = human.tf.tensor3d(rgb, [height, width, 3], 'int32');
    const result = await human.detect(image);
    human.tf.dispose(image);
    return result.face.map((face) => ({ expression: face.emotion?.[0]?.emotion, age: face.age, gender: face.gender }));
  });
}

main();
