// Averages of areas, as an eye makes them of small cells: in light, not in the values of pixels.

const toLight = Float32Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

const toLevel = (light) =>
  255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);

/** Return a smaller picture, as ImageData, in which each pixel is the mean of what it covers. */
export function averaged(image, width, height) {
  const whole = new OffscreenCanvas(image.width, image.height).getContext("2d");
  whole.drawImage(image, 0, 0);
  const { data } = whole.getImageData(0, 0, image.width, image.height);
  const result = new ImageData(width, height);
  const columns = spans(image.width, width);
  spans(image.height, height).forEach((rows, y) => {
    columns.forEach((across, x) => result.data.set(mean(data, image.width, rows, across), 4 * (y * width + x)));
  });
  return result;
}

/** Which values of a side each of fewer values covers, as pairs of position and weight. */
function spans(count, fewer) {
  return Array.from({ length: fewer }, (_, index) => {
    const [start, end] = [(index * count) / fewer, ((index + 1) * count) / fewer];
    const pairs = [];
    for (let at = Math.floor(start); at < Math.min(end, count); at++) {
      pairs.push([at, Math.min(end, at + 1) - Math.max(start, at)]);
    }
    return pairs;
  });
}

/** The mean colour of some rows and columns; what is transparent has no colour. */
function mean(data, stride, rows, columns) {
  const sums = [0, 0, 0, 0];
  let total = 0;
  for (const [row, tall] of rows) {
    for (const [column, wide] of columns) {
      const at = 4 * (row * stride + column);
      const weight = tall * wide;
      const opaque = (weight * data[at + 3]) / 255;
      for (let channel = 0; channel < 3; channel++) sums[channel] += opaque * toLight[data[at + channel]];
      sums[3] += opaque;
      total += weight;
    }
  }
  const opaque = sums[3] || 1;
  return [...sums.slice(0, 3).map((sum) => toLevel(sum / opaque)), (255 * sums[3]) / total];
}
