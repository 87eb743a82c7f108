// What makes the pages nicer; each of them works without it.
"use strict";

// Copy buttons. The clipboard needs https or localhost, so a phone on the home network gets the old way.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  const label = button.querySelector("[data-label]");
  const copy = label.textContent;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    let copied = false;
    try {
      await navigator.clipboard.writeText(field.defaultValue);
      copied = true;
    } catch {
      field.value = field.defaultValue;
      field.select();
      copied = document.execCommand("copy");
    }
    label.textContent = copied ? button.dataset.copied : button.dataset.refused;
    setTimeout(() => { label.textContent = copy; }, 2000);
  });
}
// An address is shown without its scheme until it is marked, to be copied by hand.
for (const field of document.querySelectorAll(".short input")) {
  const shorten = () => { field.value = field.defaultValue.replace(/^https?:\/\//, ""); };
  field.addEventListener("focus", () => {
    field.value = field.defaultValue;
    field.select();
  });
  field.addEventListener("blur", shorten);
  shorten();
}

// What is pasted into such a box is read at once.
for (const box of document.querySelectorAll("textarea[data-read]")) {
  box.addEventListener("paste", () => {
    // After this event: the text is not in the box yet.
    setTimeout(() => box.form.requestSubmit(document.getElementById(box.dataset.read)));
  });
}

// The phone's own sheet for sharing, where the browser has it: only on https or localhost.
for (const button of document.querySelectorAll("button[data-share]")) {
  if (!navigator.share) break;
  button.hidden = false;
  button.addEventListener("click", () => {
    // Refused when the sheet is closed without a choice.
    navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {});
  });
}

// A picture goes to the same sheet as a file, where the phone takes one.
for (const button of document.querySelectorAll("button[data-share-picture]")) {
  const as = (parts) => ({ files: [new File(parts, "path.png", { type: "image/png" })], title: button.dataset.title });
  if (!navigator.canShare?.(as([]))) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      const answer = await fetch(button.dataset.sharePicture);
      if (answer.ok) await navigator.share(as([await answer.blob()]));
    } catch {
      // The sheet was closed without a choice, or there is no network: the button beside it saves the picture.
    }
  });
}

// A form is sent once, also when its button is tapped twice. Coming back to the page makes it usable again.
for (const form of document.forms) {
  form.addEventListener("submit", () => {
    // After this event: a disabled button would not send its own name and value.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
}
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form button")) button.disabled = false;
});

// The device's own time zone.
for (const button of document.querySelectorAll("button[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) continue;
  button.hidden = false;
  button.textContent = button.dataset.says.replace("ZONE", zone);
  button.addEventListener("click", () => { document.getElementById(button.dataset.zone).value = zone; });
}

// Live numbers: ask for the fragment about every second while somebody looks, and only change the page where it changed.
const live = document.querySelector("[data-live]");
if (live && navigator.connection?.saveData) {
  const told = document.createElement("p");
  told.className = "small quiet";
  told.textContent = document.currentScript.dataset.saving;
  live.before(told);
} else if (live) {
  let etag = "";
  let wait = 1000;
  let timer = 0;
  let asking = false;

  const ask = async () => {
    clearTimeout(timer);
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(live.dataset.live, {
        cache: "no-store",
        headers: etag ? { "If-None-Match": etag } : {},
        redirect: "manual",
        signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 401 || answer.status === 404) {
        // Signed out, or the post was erased. What was typed meanwhile is not thrown away: sending it says the same.
        if (!typed()) location.reload();
        return;
      }
      if (answer.status === 200) show(await answer.text());
      else if (answer.status !== 304) throw new Error(answer.statusText);
      etag = answer.headers.get("ETag") || "";
      wait = 1000;
    } catch {
      wait = Math.min(wait * 2, 30000);
    } finally {
      asking = false;
    }
    timer = setTimeout(ask, wait);
  };

  const typed = () => [...document.querySelectorAll("main input, main textarea")].some(
    (field) => !field.readOnly && field.type !== "hidden" && field.value !== field.defaultValue,
  );

  // What the rest of the page goes by, such as which buttons there are.
  const state = (part) => part.querySelector("[data-state]")?.dataset.state;

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    if (state(fresh) !== state(live)) {
      location.reload();
      return;
    }
    const open = [...live.querySelectorAll("details[open] > summary")].map(name);
    for (const each of fresh.querySelectorAll("details > summary")) {
      each.parentNode.open = open.includes(name(each));
    }
    if (fresh.innerHTML.trim() === live.innerHTML.trim()) return;
    const before = live.querySelector("[data-headline]")?.textContent;
    const focused = document.activeElement;
    // What one looks at stays where it is on the screen: what has the focus, else what is in the middle.
    const seen = inSight(focused) ? focused : document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    const top = seen?.getBoundingClientRect().top;
    live.replaceChildren(...fresh.childNodes);
    if (!focused.isConnected) successor(focused)?.focus({ preventScroll: true });
    const there = successor(seen);
    if (scrollY && there) scrollBy(0, there.getBoundingClientRect().top - top);
    const headline = live.querySelector("[data-headline]");
    if (headline && before !== undefined && headline.textContent !== before) headline.classList.add("changed");
  };

  // The element itself, or, when it is gone, what says the same in the part that has come.
  const successor = (element) => !element || element.isConnected ? element :
    [...live.querySelectorAll(element.localName)].find((each) => name(each) === name(element));

  // What an element is known by when it has come again: a fold that counts says something else then.
  const name = (element) => (element.localName === "summary" && element.parentNode.id) || element.textContent;

  const inSight = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return element !== document.body && bottom > 0 && top < innerHeight;
  };

  document.addEventListener("visibilitychange", ask);
  timer = setTimeout(ask, 1000);
}
