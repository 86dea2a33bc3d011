// What a reader cannot see or reach on the page: one sentence for each. Run as a function in the page by test_appearance.py.
() => {
  const root = document.querySelector(".pw");
  const found = new Set();
  const edge = 1.5; // letters may lean over the edge of their box
  const shown = (el) => el.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true });
  const nameOf = (el) => `${el.tagName.toLowerCase()}.${String(el.getAttribute("class") ?? "").replaceAll(" ", ".")}`;
  const quote = (text) => `"${text.trim().slice(0, 60)}"`;
  const clips = (style) => /hidden|clip/.test(style);
  const scrolls = (style) => /auto|scroll/.test(style);

  // Text is cut only where an ellipsis and a title say so, and only at its end.
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const own = node.parentElement;
    if (!node.data.trim() || !shown(own) || own.closest(".pw-aloud, .fault, option, svg, [aria-hidden='true'] kbd")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    if (text.width === 0) continue;
    let [reachableX, reachableY, ellipsis] = [false, false, false];
    for (let box = own; box && box !== root.parentElement; box = box.parentElement) {
      if (box.matches(".pw-grid table, .pw-window")) continue; // these show a part of what the grid scrolls
      const style = getComputedStyle(box);
      const [area, titled] = [box.getBoundingClientRect(), box.closest("[title]") ?? own.closest("[title]")];
      ellipsis ||= style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      if (!reachableX && clips(style.overflowX)) {
        const cut = text.right > area.right + edge || text.left < area.left - edge;
        if (cut && !(ellipsis && titled)) found.add(`${quote(node.data)} is cut by ${nameOf(box)}`);
        if (cut) reachableX = true; // said, or its end is in the title
      }
      if (!reachableY && clips(style.overflowY)) {
        const cut = text.bottom > area.bottom + 3 || text.top < area.top - 3;
        if (cut && !(ellipsis && titled)) found.add(`${quote(node.data)} is cut in height by ${nameOf(box)}`);
      }
      reachableX ||= scrolls(style.overflowX);
      reachableY ||= scrolls(style.overflowY);
    }
  }
  // Where an ellipsis takes nearly all of a name, nothing is told any more.
  for (const el of root.querySelectorAll("*")) {
    if (!shown(el) || el.children.length > 0 || el.scrollWidth <= el.clientWidth + 1) continue;
    if (el.matches(".cls, .pw-aloud")) continue; // the class of a layer gives way to its name
    if (getComputedStyle(el).textOverflow === "ellipsis" && el.clientWidth < 40)
      found.add(`nothing is left of ${quote(el.textContent)}`);
  }
  // Fields show all of a number or a short text.
  for (const field of root.querySelectorAll("input:not([type=range]), select")) {
    if (!shown(field)) continue;
    const style = getComputedStyle(field);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const text = field.matches("select") ? (field.selectedOptions[0]?.text ?? "") : field.value;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (room < 20) found.add(`no room is left in the field ${field.getAttribute("aria-label")}`);
    if (pen.measureText(text).width > room + edge && !field.title && text.length < 16)
      found.add(`${quote(text)} does not fit into the field ${field.getAttribute("aria-label")}`);
  }
  // Controls lie within the page and are not covered by others.
  const dialog = root.querySelector("[role=dialog]");
  const over = ".pw-toast, .pw-menu, .pw-whatif, .pw-bubble";
  for (const control of (dialog ?? root).querySelectorAll("button, input, select, [role=slider], [role=tab]")) {
    if (!shown(control) || control.closest(".pw-rows, .pw-grid, .pw-j, [inert]")) continue;
    const box = control.getBoundingClientRect();
    const called = control.getAttribute("aria-label") ?? control.textContent;
    const scroller = [...ancestors(control)].find((each) => scrolls(getComputedStyle(each).overflowX) || scrolls(getComputedStyle(each).overflowY));
    if (box.width < 1 || box.height < 1) found.add(`${quote(called)} has no size`);
    if (scroller && scroller !== root) continue; // it can be scrolled to
    if (box.left < -edge || box.right > innerWidth + edge) found.add(`${quote(called)} lies outside of the page`);
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!hit || hit.closest(over) || control.contains(hit) || hit.contains(control)) continue;
    if (hit.closest("label")?.contains(control)) continue;
    found.add(`${quote(called)} is covered by ${nameOf(hit)}`);
  }
  // Nothing sideways.
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) found.add(`the page is ${page.scrollWidth} px wide, the window ${page.clientWidth}`);
  const inner = root.querySelector(".pw-in");
  for (const box of root.querySelectorAll(".pw-in, .pw-head, .pw-body, .pw-main, .pw-side, .pw-title, .pw-view, .pw-sum, .pw-edit, .pw-er, .pw-acts, .pw-cb, .pw-dh, .pw-py, .pw-foot, .pw-fx, .pw-c3, .pw-chips")) {
    if (shown(box) && box.scrollWidth > box.clientWidth + 1) found.add(`${nameOf(box)} holds ${box.scrollWidth} px in ${box.clientWidth}`);
    if (shown(box) && box !== inner && box.scrollHeight > box.clientHeight + 3 && clips(getComputedStyle(box).overflowY))
      found.add(`${nameOf(box)} holds ${box.scrollHeight} px of height in ${box.clientHeight}`);
  }
  return [...found];

  function* ancestors(el) {
    for (let at = el.parentElement; at && at !== root.parentElement; at = at.parentElement) yield at;
  }
}
