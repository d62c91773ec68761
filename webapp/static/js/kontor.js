// What the pages do beyond plain forms. Every part improves a page that works without it.
import "./csrf.js";
import "./messages.js";
import "./focus.js";
import "./forms.js";
import "./menus.js";
import "./selection.js";
import "./combobox.js";
import "./runs.js";
