// The keys of the page.

/** `does`: what to do by key, u c o t or escape · `digit(k)`: what to do at 0 to 9. */
export function onKeys(does, digit) {
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const control = event.ctrlKey || event.metaKey;
    if (control && key === "z") {
      event.preventDefault();
      does.u();
    } else if (control || (event.altKey && key !== "u")) return;
    else if (Object.hasOwn(does, key)) does[key]();
    else if (/^[0-9]$/.test(key)) digit(Number(key));
  });
}
