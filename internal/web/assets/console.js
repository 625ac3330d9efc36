// Shows times in the viewer's zone, in the order of the words that the server wrote. Without it they stand there in UTC.
"use strict";

(() => {
  const parts = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  const words = new Intl.DateTimeFormat("en-GB", parts);
  const exact = new Intl.DateTimeFormat("en-GB", { ...parts, second: "2-digit" });

  const localise = (root) => {
    for (const time of root.querySelectorAll("time[datetime*=T]:not([data-local])")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.valueOf())) continue;
      time.title = time.textContent;
      time.textContent = (/:\d\d:\d\d/.test(time.title) ? exact : words).format(at);
      time.dataset.local = "";
    }
  };

  localise(document);
  document.addEventListener("htmx:afterSwap", (event) => localise(event.target.parentElement ?? document));
})();
