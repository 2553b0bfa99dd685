// Canvases: the result with one pixel for each cell, and the source in the same place.

/** Draw the PNG of the result onto a canvas that has one pixel for each cell. */
export async function drawCells(canvas, blob, report) {
  const image = await createImageBitmap(blob);
  const [columns, rows] = report.grid;
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const { width, height } = image;
  if (width === columns && height === rows) {
    context.drawImage(image, 0, 0);
  } else if (width % columns === 0 && height % rows === 0) {
    context.drawImage(image, 0, 0, columns, rows);
  } else {
    sampleBlocks(context, image, report);
  }
  image.close();
}

/** Take one pixel of each block, where blocks have several sizes or the edge cuts them. */
function sampleBlocks(context, image, { grid: [columns, rows], block }) {
  const whole = new OffscreenCanvas(image.width, image.height).getContext("2d");
  whole.drawImage(image, 0, 0);
  const from = new Uint32Array(whole.getImageData(0, 0, image.width, image.height).data.buffer);
  const cells = context.createImageData(columns, rows);
  const to = new Uint32Array(cells.data.buffer);
  const position = (index, count, side) =>
    block ? Math.min(index * block, side - 1) : Math.floor(((index + 0.5) * side) / count);
  for (let row = 0; row < rows; row++) {
    const start = position(row, rows, image.height) * image.width;
    for (let column = 0; column < columns; column++) {
      to[row * columns + column] = from[start + position(column, columns, image.width)];
    }
  }
  context.putImageData(cells, 0, 0);
}

/** Draw the part of the source that the result shows, where the result shows it. */
export function drawSource(canvas, image, report, longest = 1600) {
  const [columns, rows] = report.grid;
  const [wide, tall] = cellShape(report);
  const scale = Math.min(longest / (columns * wide), longest / (rows * tall), 16);
  const width = Math.max(1, Math.round(columns * wide * scale));
  const height = Math.max(1, Math.round(rows * tall * scale));
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  const [left, top, cropWidth, cropHeight] = report.crop;
  const [x, y, boxWidth, boxHeight] = report.picture;
  const sx = image.width / report.source[0];
  const sy = image.height / report.source[1];
  const dx = width / columns;
  const dy = height / rows;
  context.drawImage(
    image,
    ...[left * sx, top * sy, cropWidth * sx, cropHeight * sy],
    ...[x * dx, y * dy, boxWidth * dx, boxHeight * dy],
  );
}

/** Return width and height of a cell as a ratio, the shorter one 1. */
export function cellShape({ size, grid, pixel, block }) {
  let wide = pixel[0] * (block ?? size[0] / grid[0]);
  let tall = pixel[1] * (block ?? size[1] / grid[1]);
  const shorter = Math.min(wide, tall);
  wide /= shorter;
  tall /= shorter;
  return [wide, tall];
}

/** Return the screen pixels of a cell at a zoom: whole numbers. */
export function cellPixels(report, zoom) {
  return cellShape(report).map((side) => Math.max(1, Math.round(side * zoom)));
}

/** Return the largest zoom at which the whole picture is seen, at least one pixel for a cell. */
export function fittingZoom(report, width, height) {
  const [columns, rows] = report.grid;
  const [wide, tall] = cellShape(report);
  let zoom = Math.floor(Math.min(width / (columns * wide), height / (rows * tall)));
  while (zoom > 1) {
    const [x, y] = cellPixels(report, zoom);
    if (x * columns <= width && y * rows <= height) break;
    zoom--;
  }
  return Math.max(1, zoom);
}

