/**
 * What both runners in JavaScript share: read the clip, then answer each line `N` with the CPU milliseconds of N more
 * frames and what was found. The Python runners do the same (line_protocol.py).
 */
'use strict';

const fs = require('node:fs');
const readline = require('node:readline');

const [folder] = process.argv.slice(2);
const clip = JSON.parse(fs.readFileSync(`${folder}/clip.json`, 'utf8'));
const pixels = fs.readFileSync(`${folder}/frames.rgb`);
const frameBytes = clip.width * clip.height * 3;

/** RGB bytes of one frame; the clip begins again at its end. */
function frame(number) {
  const at = (number % clip.frames) * frameBytes;
  return pixels.subarray(at, at + frameBytes);
}

/**
 * @param {(rgb: Uint8Array, width: number, height: number) => Promise<object[]>} analyze gives what is known of each face
 */
async function answer(analyze) {
  let number = 0;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answers = { ms: [], faces: [], found: [] };
    for (let more = Number(line); more > 0; more -= 1) {
      const rgb = frame(number);
      number += 1;
      const before = process.cpuUsage();
      const faces = await analyze(rgb, clip.width, clip.height);
      const spent = process.cpuUsage(before);
      answers.ms.push((spent.user + spent.system) / 1000);
      answers.faces.push(faces.length);
      answers.found = faces;
    }
    process.stdout.write(`${JSON.stringify(answers)}\n`);
  }
}

module.exports = { answer };
