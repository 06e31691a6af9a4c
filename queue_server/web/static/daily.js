// One button copies the text of the day's situation. Without this file the text is marked by hand.

const button = document.querySelector("[data-copy]");
const copied = document.querySelector("[data-copied]");

if (button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    text.select();
    // The clipboard is closed to pages over plain HTTP; the old way still works there.
    if (navigator.clipboard) await navigator.clipboard.writeText(text.value);
    else document.execCommand("copy");
    copied.hidden = false;
  });
}
