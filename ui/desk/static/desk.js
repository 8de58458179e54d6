// One key, one action. Keys never fire while a person is typing or holding a modifier.
const body = document.body.dataset;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (event.key === "Escape" && target.blur) target.blur();
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && target.type !== "checkbox") return;
  const key = event.key.toLowerCase();
  const help = document.getElementById("help");
  if (help && (key === "h" || key === "?") && !help.open) return void help.showModal();
  if (help && help.open) return;
  const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.tagName === "TEXTAREA") found.focus();
  else found.click();
});

// A form is sent once.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));

document.querySelectorAll("[data-vanish]").forEach((element) => {
  setTimeout(() => element.remove(), Number(element.dataset.vanish) * 1000);
});

const post = (path, fields) => fetch(`${body.base}/case/${body.case}/${path}`, {
  method: "POST", credentials: "same-origin", headers: { Accept: "application/json" },
  body: new URLSearchParams({ csrf: body.csrf, token: body.token, ...fields }),
});

// Each veil comes off by itself, and only after that was logged.
const stage = document.getElementById("stage");
const player = stage && stage.querySelector("video, audio");
document.querySelectorAll("[data-veil]").forEach((button) => button.addEventListener("click", async () => {
  const name = button.dataset.veil, on = button.getAttribute("aria-pressed") === "true";
  if (on && !(await post("reveal", { what: name })).ok) return;
  button.setAttribute("aria-pressed", String(!on));
  if (name === "sound" && player) player.muted = !on;
  else if (stage) stage.classList.toggle(name, !on);
}));
document.querySelectorAll("[data-play]").forEach((button) => button.addEventListener("click", () => {
  if (player) player.paused ? player.play() : player.pause();
}));

// While the page is open the case stays ours; what was visible is counted.
if (body.mine === "1") {
  const beat_s = Math.max(5, Math.min(30, Number(body.lease) / 3));
  let seen = 0;
  setInterval(() => { if (stage && document.visibilityState === "visible") seen += 1; }, 1000);
  setInterval(async () => {
    const answer = await post("beat", { visible_s: seen });
    if (answer.ok) seen = 0;
    else if (answer.status === 409) document.getElementById("lost").hidden = false;
  }, beat_s * 1000);
}
