// Waits for the agent of this machine and then shows the kiosk again.

async function look() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) {
      location.replace("/");
      return;
    }
  } catch {
    // Still away.
  }
  setTimeout(look, 1000);
}

look();
