// The pages work without a script. With one, the draft is kept while somebody types, and the
// note can be copied at a press.
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
      } else if (answer.status === 409) {
        kept.textContent = form.dataset.lost;
        form.removeEventListener("input", later);
      }
    } catch {
      changed = true; // out of reach for the moment; the next word tries again
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
  form.addEventListener("submit", () => clearTimeout(waiting));
})();
