// What goes on around the form: the address of a tab, drafts, captions, notices, a lost connection, times, sign-in.
(() => {
  "use strict";
  const colophon = window.colophon;
  const { say, make, facts, language } = colophon;
  const TABS = ["create", "jobs", "verify", "about"];
  const DRAFT = "colophon-draft", TERMS = "colophon-terms";
  const CHECK_MS = 3000;
  const title = document.title;

  // ---- tabs: each has an address, so that the back button and links work ---------------------------
  const tab = (name) => document.querySelectorAll("#tabs [role=tab]")[TABS.indexOf(name)];
  const shown = () => TABS[[...document.querySelectorAll("#tabs [role=tab]")].findIndex((item) => item.getAttribute("aria-selected") === "true")] || "create";
  const open = (name) => { if (TABS.includes(name) && shown() !== name) tab(name)?.click(); };
  document.addEventListener("click", (event) => {
    const at = [...document.querySelectorAll("#tabs [role=tab]")].indexOf(event.target.closest?.("[role=tab]"));
    if (at >= 0 && (location.hash.slice(1) || "create") !== TABS[at] && event.isTrusted) history.pushState(null, "", `#${TABS[at]}`);
  });
  window.addEventListener("popstate", () => open(location.hash.slice(1) || "create"));

  // ---- drafts: a reload, another language or a lost connection costs no text ------------------------
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("#prompt textarea")) sessionStorage.setItem(DRAFT, event.target.value);
    if (event.target.matches?.("#terms input")) localStorage.setItem(TERMS, event.target.checked ? "1" : "");
  });
  const restore = () => {
    const field = colophon.prompt(), kept = sessionStorage.getItem(DRAFT);
    if (field && kept && !field.value) { colophon.put(field, kept); colophon.changed(); }
    const agree = document.querySelector("#terms input");
    if (agree && localStorage.getItem(TERMS) && !agree.checked) agree.click();
  };

  // ---- the sheet: captions, notices ----------------------------------------------------------------
  const captions = () => {
    const video = document.querySelector("#player video"), source = document.querySelector("#stage [data-captions]");
    const wanted = video && source ? source.dataset.captions : "";
    if (!video || (video.querySelector("track")?.getAttribute("src") || "") === wanted) return;
    video.querySelector("track")?.remove();
    if (wanted) video.append(make("track", { kind: "captions", src: wanted, srclang: language(), label: document.getElementById("language")?.selectedOptions[0]?.text || language(), default: true }));
  };
  let before = { final: true };
  const notice = () => {
    const stage = document.querySelector("#stage .stage");
    if (!stage) return;
    const now = { state: stage.dataset.state, final: "final" in stage.dataset || stage.dataset.state === "held" };
    if (!before.final && now.final && document.hidden) {
      document.title = `● ${title}`;
      if ("Notification" in window && Notification.permission === "granted") new Notification(title, { body: stage.querySelector("h2")?.textContent || "" });
    }
    if (!before.final && now.final) colophon.changed();
    before = now;
    for (const ask of stage.querySelectorAll("[data-action=notify]")) ask.hidden = !("Notification" in window) || Notification.permission !== "default";
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = title; });
  const notify = async (asked) => {
    const answer = await Notification.requestPermission();
    asked.replaceWith(make("span", { role: "status" }, say(answer === "granted" ? "notify.on" : "notify.off")));
  };

  // ---- times in the visitor's own way --------------------------------------------------------------
  const times = () => {
    const format = new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" });
    for (const time of document.querySelectorAll("time[datetime]:not([data-said])")) {
      time.dataset.said = "1";
      time.textContent = format.format(new Date(time.dateTime));
    }
  };

  // ---- a lost connection ---------------------------------------------------------------------------
  const banner = make("p", { class: "banner", role: "status", hidden: true });
  let checking = 0;
  const back = async () => {
    try {
      if (!(await plain("healthz", { cache: "no-store" })).status) throw new Error();
      clearInterval(checking); checking = 0;
      banner.textContent = say("net.back");
      setTimeout(() => { if (!checking) banner.hidden = true; }, CHECK_MS);
    } catch { /* the next look may find it */ }
  };
  const lost = () => {
    if (checking) return;
    banner.replaceChildren(say("net.lost"), " ", make("button", { type: "button", class: "quiet", onclick: () => location.reload() }, say("net.reload")));
    banner.hidden = false;
    checking = setInterval(back, CHECK_MS);
  };
  const plain = window.fetch.bind(window);
  window.fetch = async (...asked) => {
    try {
      const answer = await plain(...asked);
      if (!answer.ok && String(asked[0]?.url || asked[0]).includes("/upload")) colophon.refused = (await answer.clone().json().catch(() => ({}))).detail || "";
      return answer;
    } catch (error) {
      if (error?.name === "TypeError") lost();
      throw error;
    }
  };
  window.addEventListener("offline", lost);

  // ---- who is signed in ----------------------------------------------------------------------------
  const owner = () => {
    const text = document.getElementById("owner-text"), name = facts().name;
    if (!text || !name || text.dataset.said) return;
    text.dataset.said = "1";
    text.textContent = (facts().owner || "").replace("{name}", name);
    document.getElementById("sign-in")?.setAttribute("hidden", "");
    document.getElementById("sign-out")?.removeAttribute("hidden");
  };

  // ---- start ---------------------------------------------------------------------------------------
  const whenThere = (find, act, tries = 100) => {
    const found = find();
    if (found) act(found);
    else if (tries) setTimeout(() => whenThere(find, act, tries - 1), 100);
  };
  let started = false;
  const start = () => {
    if (started || !document.querySelector("#generate") || !document.querySelector("#tabs [role=tab]") || !colophon.prompt()) return;
    started = true;
    document.body.append(banner);
    restore();
    const asked = new URLSearchParams(location.search);
    open(asked.get("tab") || location.hash.slice(1));
    if (asked.get("release")) whenThere(() => colophon.inspectRelease, (inspect) => inspect(asked.get("release")));
    if (asked.get("signin") === "failed") { banner.textContent = say("login.failed"); banner.hidden = false; }
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(() => { start(); captions(); notice(); times(); owner(); })
      .observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-state", "data-captions"] });
  });

  Object.assign(colophon, { notify });
})();
