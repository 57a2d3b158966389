// Keeps what is being written in the journal's drafts, so that a closed page, a locked
// session or a crash loses nothing. What cannot be kept stays on the screen.
"use strict";
(() => {
  const form = document.getElementById("note-form");
  const state = document.getElementById("note-state");
  if (!form) return;
  const version = document.getElementById("note-version");
  const text = () => {
    const all = new URLSearchParams(new FormData(form));
    all.delete("version");
    return all.toString();
  };
  let timer = 0, sent = text(), under = null, decide = false;
  const say = (words, bad) => { state.textContent = words; state.classList.toggle("failure", bad); state.classList.toggle("hint", !bad); };
  // One request at a time: each begins with the text that the one before left.
  const keep = async () => {
    while (under) await under;
    const body = text();
    if (body === sent) return true;
    under = (async () => {
      try {
        const r = await fetch(form.dataset.keep, {
          method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual", headers: { "Accept": "application/json" },
        });
        decide = false;
        if (r.type === "opaqueredirect") { say(form.dataset.locked, true); return false; }
        const answer = await r.json();
        if (r.ok) { sent = body; version.value = answer.version; }
        decide = r.status === 409 || r.status === 400; // for the person to look at, trying again changes nothing
        say(answer.say, !r.ok);
        return r.ok;
      } catch {
        say(form.dataset.silent, true);
        return false;
      }
    })();
    const ok = await under;
    under = null;
    document.body.dataset.unkept = ok ? "" : "yes";
    if (!ok && !decide) { clearTimeout(timer); timer = setTimeout(keep, 5000); } // the program may come back
    return ok;
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 600); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
  // The form leaves when its text is kept, or when the server would say why it is not.
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    clearTimeout(timer);
    const ok = await keep();
    if (e.submitter && e.submitter.id === "note-keep") return;
    if (!ok && !decide) return;
    document.body.dataset.unkept = "";
    if (e.submitter && e.submitter.formAction) form.action = e.submitter.formAction;
    form.submit();
  });
  addEventListener("beforeunload", (e) => { if (document.body.dataset.unkept) e.preventDefault(); });
})();
