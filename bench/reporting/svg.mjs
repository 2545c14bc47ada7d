// Plots as SVG text: lines and bars, light enough to read in a repository. Knows no benchmark.
const colours = ["#2b6cb0", "#c05621", "#2f855a", "#805ad5"];
const width = 720;
const height = 360;
const margin = { left: 70, right: 150, top: 40, bottom: 50 };

const escape = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
const text = (x, y, content, more = "") => `<text x="${x}" y="${y}" ${more}>${escape(content)}</text>`;
const line = (x1, y1, x2, y2, colour = "#ddd", more = "") =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" ${more}/>`;

const frame = (title, body, tall = height) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" ` +
  `font-family="sans-serif" font-size="12" fill="#222">\n` +
  `<rect width="100%" height="100%" fill="#fff"/>\n` +
  `${text(margin.left, 22, title, 'font-size="15"')}\n${body.join("\n")}\n</svg>\n`;

/** Round numbers from 0 to at least `most`. */
function ticks(most) {
  const raw = most / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

const powers = (least, most) => {
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, index) => 10 ** (first + index));
};

const label = (value) => Number(value.toPrecision(3)).toLocaleString("en");

/**
 * series: [{ name, points: [[x, y], ...] }]. With `logX`/`logY` axes are logarithmic; `xTicks` are
 * [[position, label], ...] for axes that are neither.
 */
export function lines(title, series, { xTitle, yTitle, logX, logY, xTicks }) {
  const all = series.flatMap(({ points }) => points);
  const axis = (values, isLog, from, to) => {
    const marks = isLog ? powers(Math.min(...values), Math.max(...values)) : ticks(Math.max(...values));
    const scale = isLog ? Math.log10 : (value) => value;
    const [low, high] = [scale(marks[0]), scale(marks.at(-1))];
    return { marks, at: (value) => from + ((scale(value) - low) / (high - low)) * (to - from) };
  };
  const xs = xTicks ? xTicks.map(([position]) => position) : all.map(([x]) => x);
  const x = axis(xs, logX, margin.left, width - margin.right);
  const y = axis(all.map(([, value]) => value), logY, height - margin.bottom, margin.top);
  const body = [];
  for (const mark of y.marks) {
    body.push(line(margin.left, y.at(mark), width - margin.right, y.at(mark)));
    body.push(text(margin.left - 6, y.at(mark) + 4, label(mark), 'text-anchor="end"'));
  }
  for (const [mark, name] of xTicks ?? x.marks.map((each) => [each, label(each)])) {
    body.push(line(x.at(mark), margin.top, x.at(mark), height - margin.bottom));
    body.push(text(x.at(mark), height - margin.bottom + 16, name, 'text-anchor="middle"'));
  }
  series.forEach(({ name, points }, index) => {
    const colour = colours[index % colours.length];
    const path = points.map(([px, py]) => `${x.at(px).toFixed(1)},${y.at(py).toFixed(1)}`).join(" ");
    body.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    const top = margin.top + 10 + 20 * index;
    body.push(line(width - margin.right + 12, top, width - margin.right + 32, top, colour, 'stroke-width="3"'));
    body.push(text(width - margin.right + 38, top + 4, name));
  });
  body.push(text((margin.left + width - margin.right) / 2, height - 10, xTitle, 'text-anchor="middle"'));
  const middle = (margin.top + height - margin.bottom) / 2;
  const turned = `text-anchor="middle" transform="rotate(-90 16 ${middle})"`;
  body.push(text(16, middle, yTitle, turned));
  return frame(title, body);
}

/** rows: [{ name, value, low, high, limit }], one bar each; a mark shows the limit. */
export function bars(title, rows, xTitle) {
  const left = 200;
  const right = width - 60;
  const tall = margin.top + 30 * rows.length + 50;
  const marks = ticks(Math.max(...rows.map(({ high, limit }) => Math.max(high, limit ?? 0))));
  const x = (value) => left + (value / marks.at(-1)) * (right - left);
  const body = [];
  for (const mark of marks) {
    body.push(line(x(mark), margin.top, x(mark), tall - 50));
    body.push(text(x(mark), tall - 34, label(mark), 'text-anchor="middle"'));
  }
  rows.forEach(({ name, value, low, high, limit }, index) => {
    const y = margin.top + 30 * index + 6;
    const colour = limit !== undefined && value > limit ? colours[1] : colours[0];
    body.push(`<rect x="${left}" y="${y}" width="${x(value) - left}" height="18" fill="${colour}"/>`);
    body.push(line(x(low), y + 9, x(high), y + 9, "#222", 'stroke-width="2"'));
    if (limit !== undefined) body.push(line(x(limit), y - 4, x(limit), y + 22, "#222", 'stroke-dasharray="3 2"'));
    body.push(text(left - 8, y + 13, name, 'text-anchor="end"'));
    body.push(text(x(Math.max(high, limit ?? 0)) + 6, y + 13, value.toFixed(2)));
  });
  body.push(text((left + right) / 2, tall - 12, xTitle, 'text-anchor="middle"'));
  return frame(title, body, tall);
}
