// One button copies the text of the day's situation. Without this file the text is marked by hand.

const button = document.querySelector("[data-copy]");
const copied = document.querySelector("[data-copied]");

if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const text = document.getElementById(button.dataset.copy);
    text.select();
    // The newer way is closed to pages over plain HTTP; this one works everywhere.
    copied.hidden = !document.execCommand("copy");
  });
}
