// The pages work without a script. With one, the draft is kept while somebody types, the note
// can be copied at a press, and what is signed is seen to arrive in the record.
(() => {
  const note = document.getElementById("note");
  const copy = document.getElementById("copy");
  if (!note || !copy || !navigator.clipboard) return;
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(note.value);
    copy.textContent = copy.dataset.done;
  });
})();

(() => {
  const form = document.getElementById("visit");
  if (!form) return;
  const kept = document.getElementById("kept");
  // What the server's refusals mean; after these, typing more does not help.
  const ends = { 401: "closed", 403: "closed", 404: "closed", 409: "lost" };
  let waiting = 0;
  let sending = false;
  let changed = false;

  const send = async () => {
    if (sending) return;
    sending = true;
    changed = false;
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
      });
      if (answer.ok) {
        const draft = await answer.json();
        form.elements.version.value = draft.version;
        form.elements.key.value = draft.key;
        kept.textContent = `${form.dataset.kept} ${draft.saved}`;
      } else if (answer.status in ends) {
        kept.textContent = form.dataset[ends[answer.status]];
        form.removeEventListener("input", later);
        changed = false;
      } else if (answer.status === 422) {
        kept.textContent = form.dataset.long;
      } else {
        throw new Error("busy");
      }
    } catch {
      kept.textContent = form.dataset.away;
      changed = true;
    }
    sending = false;
    if (changed) later();
  };
  const later = () => {
    changed = true;
    clearTimeout(waiting);
    waiting = setTimeout(send, 1500);
  };
  form.addEventListener("input", later);
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    changed = false;
  });
  // Whoever leaves by a link takes what was typed in the last moment along.
  addEventListener("pagehide", () => {
    if (!changed) return;
    changed = false;
    navigator.sendBeacon(form.dataset.draft, new URLSearchParams(new FormData(form)));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();

(() => {
  const place = document.getElementById("delivery");
  if (!place) return;
  let wait = 1000;

  const look = async () => {
    try {
      const answer = await fetch(place.dataset.look);
      if (!answer.ok) return;
      const found = await answer.text();
      if (!found.includes("data-again")) place.innerHTML = found;
    } catch {
      // out of reach for the moment; looked at again below
    }
    again();
  };
  const again = () => {
    if (!place.querySelector("[data-again]") || wait > 120000) return;
    setTimeout(look, wait);
    wait *= 2;
  };
  again();
})();
