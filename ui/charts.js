// What the pages draw with: only what they use, so that the file stays small.
export { plot, arrow, barX, barY, dot, link, ruleX, ruleY, text, axisX, axisY } from "@observablehq/plot";
export { forceSimulation, forceLink, forceManyBody, forceCollide, forceX, forceY } from "d3-force";
// A selection of articles as a Parquet file.
export { parquetWriteBuffer } from "hyparquet-writer";
