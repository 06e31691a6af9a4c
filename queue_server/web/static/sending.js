// Shows how much of a file has arrived; the form sends it without this file too.

const form = document.querySelector("form[data-sends]");
const place = document.querySelector(".setup__sending");
const bar = place?.querySelector("progress");
const said = place?.querySelector("span");

if (form instanceof HTMLFormElement && place && bar && said) {
  const numbers = new Intl.NumberFormat(document.documentElement.lang === "ar" ? "ar-EG" : "en");
  const percent = form.getAttribute("data-percent") ?? "";
  form.addEventListener("submit", (event) => {
    const input = form.querySelector("input[type=file]");
    if (!(input instanceof HTMLInputElement) || !input.files?.length) return; // the server says so
    event.preventDefault();
    place.removeAttribute("hidden");
    const sending = new XMLHttpRequest();
    sending.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = total ? Math.floor((loaded * 100) / total) : 0;
      said.textContent = percent.replace("{n}", numbers.format(bar.value));
    });
    sending.upload.addEventListener("load", () => {
      said.textContent = form.getAttribute("data-writes");
    });
    // Taken, refused or broken off: the page itself knows which.
    sending.addEventListener("loadend", () => location.assign("/setup/restore"));
    sending.open("POST", form.action);
    sending.setRequestHeader("Accept", "text/html");
    sending.send(new FormData(form));
  });
}
