// How a drawing becomes a file.

/** Saves a copy of an svg, as large as its viewBox says: as "svg", or as "png" with two pixels for each of its own. */
function saveDrawing(copy, name, kind) {
  const [, , width, height] = copy.getAttribute("viewBox").split(" ").map(Number);
  for (const [attribute, value] of Object.entries({ width, height, xmlns: SVG })) copy.setAttribute(attribute, value);
  const text = new XMLSerializer().serializeToString(copy);
  if (kind === "svg") { download(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`); return; }
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width; canvas.height = 2 * height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => download(blob, `${name}.png`));
  };
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
