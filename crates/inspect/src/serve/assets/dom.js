// Elements, made and kept up to date. Text is only ever set as text: names of jobs are anybody's.

export const find = (id) => document.getElementById(id);

/** An element with a class, and children: elements or texts. */
export function make(tag, name = "", ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

/** The same for a picture, with attributes. */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets a text, if it is another one: so a selection of the reader's stays. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes the children of `parent` those of `items`, in order. A child is known by its item's key, and stays the same
 * element: what is open stays open, and the focus stays where it is.
 */
export function sync(parent, items, key, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = known.get(name);
    if (!child) {
      child = create(item);
      child.dataset.key = name;
    }
    known.delete(name);
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of known.values()) child.remove();
}

/** Rows of a table: `cells` makes texts, or `[text, class, small text]`. */
export function rows(table, items, key, cells) {
  const body = table.tBodies[0];
  sync(body, items, key, () => make("tr"), (row, item) => {
    const wanted = cells(item).map((cell) => [cell].flat());
    while (row.cells.length < wanted.length) row.append(make("td", "", make("span"), make("small")));
    wanted.forEach(([text, name = "", small = ""], index) => {
      const cell = row.cells[index];
      if (cell.className !== name) cell.className = name;
      say(cell.firstChild, text);
      say(cell.lastChild, small);
    });
  });
}
