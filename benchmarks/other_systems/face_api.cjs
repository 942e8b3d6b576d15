/** @vladmandic/face-api on tfjs' WASM backend: detector (`tiny` or `ssd`), landmarks, expression, age and gender. */
'use strict';

const path = require('node:path');
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
const { answer } = require('./line_protocol.cjs');

const detector = process.argv[3];

async function main() {
  wasm.setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
  wasm.setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
  const models = path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  const { nets } = faceapi;
  const detection = detector === 'tiny' ? nets.tinyFaceDetector : nets.ssdMobilenetv1;
  for (const net of [detection, nets.faceLandmark68Net, nets.faceExpressionNet, nets.ageGenderNet]) {
    await net.loadFromDisk(models);
  }
  const options = detector === 'tiny' ? new faceapi.TinyFaceDetectorOptions() : new faceapi.SsdMobilenetv1Options();
  await answer(async (rgb, width, height) => {
    const image = tf.tensor3d(rgb, [height, width, 3], 'int32');
    const faces = await faceapi.detectAllFaces(image, options).withFaceLandmarks().withFaceExpressions().withAgeAndGender();
    tf.dispose(image);
    return faces.map((face) => ({
      expression: face.expressions.asSortedArray()[0].expression,
      age: face.age,
      gender: face.gender,
    }));
  });
}

main();
