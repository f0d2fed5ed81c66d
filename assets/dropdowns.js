// Tab leaves a dropdown. Gradio's takes every key as a wish to see its list, so that the list opens
// again behind the person who has gone on, and stays over what is below.
(() => {
  "use strict";

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Tab" && event.target.matches(".wrap-inner input")) event.stopPropagation();
    },
    { capture: true }
  );
})();
