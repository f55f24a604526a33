// What happens at the bank and at the devices, as it happens. The browser reconnects by itself and says what it saw last.

const names = ["state", "operation", "device", "emulator", "removed", "door", "reset"];

/** Listens for as long as the page is open; `tell(name, data)` gets every event. */
export function listen(tell) {
  let source = null;
  const open = () => {
    source?.close();
    source = new EventSource("/api/events");
    for (const name of names) source.addEventListener(name, (event) => tell(name, parse(event.data)));
    source.addEventListener("open", () => tell("line", { isUp: true }));
    source.addEventListener("error", () => {
      tell("line", { isUp: false });
      // A refusal ends an EventSource for good: the server was started anew and does not know this browser.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => tell("again", {}), 1000);
    });
  };
  open();
  return open;
}

function parse(text) {
  try { return JSON.parse(text); } catch { return {}; }
}
