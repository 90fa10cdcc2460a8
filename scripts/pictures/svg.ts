/** Text as it may stand in an element of an SVG. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A picture of that size, in a monospaced face. */
export function svgOf(width: number, height: number, background: string, body: string): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const face = "font-family=\"'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace\"";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${face} font-size="12">`,
    `<rect width="${width}" height="${height}" rx="6" fill="${background}"/>`,
    body,
    "</svg>\n",
  ].join("\n");
}
