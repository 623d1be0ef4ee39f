// Pictures that are given to the page: chosen, dropped or pasted.

/** `open(file)`: called with each file · `box`: the element that shows that one may be dropped. */
export function takePictures(box, button, input, open) {
  const take = (files) => files?.[0] && open(files[0]);
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) box.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => take(event.clipboardData?.files));
}
