/** The session as a table, for a spreadsheet: numbers are written with a point, and headings are the same in every language. */

/** @typedef {import("./session_record.js").Second} Second */

const FACE_COLUMNS = [
  "face",
  "expression",
  "expression_share",
  "unsure",
  "age",
  "age_low",
  "age_high",
  "gender",
  "gender_share",
  "quality",
];

/**
 * A row for each second and face. The second's own figures stand in its first row only, so that their averages come out right.
 *
 * @param {readonly Second[]} seconds
 * @param {readonly string[]} stages in order
 * @returns {string} as RFC 4180 has it
 */
export function sessionCsv(seconds, stages) {
  const head = [
    "time",
    "second",
    "results_per_second",
    "round_trip_ms",
    ...stages.map((stage) => `${stage}_ms`),
    "faces",
  ];
  const rows = seconds.flatMap((second) => rowsOf(second, stages));
  return [[...head, ...FACE_COLUMNS], ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** @param {Second} second @param {readonly string[]} stages @returns {unknown[][]} */
function rowsOf({ time, second, rate, roundTripMs, stages: times, faces }, stages) {
  const when = [time.toISOString(), second];
  const figures = [rounded(rate), rounded(roundTripMs), ...stages.map((stage) => rounded(times[stage])), faces.length];
  const blank = figures.map(() => "");
  if (faces.length === 0) return [[...when, ...figures, ...FACE_COLUMNS.map(() => "")]];
  return faces.map((face, i) => [...when, ...(i === 0 ? figures : blank), ...faceCells(face)]);
}

/** In the order of FACE_COLUMNS. @param {Second["faces"][number]} entry */
function faceCells({ number, face: { expression, age, gender }, quality }) {
  return [
    number,
    expression.label,
    expression.scores[expression.label],
    expression.unsure ?? false,
    age.years,
    age.low ?? "",
    age.high ?? "",
    gender.label,
    gender.scores[gender.label],
    quality,
  ];
}

/** @param {number | null | undefined} value */
const rounded = (value) => (Number.isFinite(value) ? Math.round(100 * Number(value)) / 100 : "");

/** @param {unknown} value */
function cell(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
