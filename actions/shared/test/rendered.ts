// A summary as a reader sees it: Markdown rendered with raw HTML in it, as GitHub does, and parsed as a browser does.
import { marked } from "marked";
import { parseFragment, type DefaultTreeAdapterTypes } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;

export interface Rendered {
  /** Elements from the top down: "table", "table/tbody/tr", … Without <wbr>, which shows nothing. */
  elements: string[];
  /** Addresses that it links to or loads. */
  links: string[];
  text: string;
}

export function render(markdown: string): Rendered {
  const found: Rendered = { elements: [], links: [], text: "" };
  const walk = (nodes: Node[], path: string): void => {
    for (const node of nodes) {
      if ("value" in node) found.text += node.value;
      if (!("tagName" in node)) continue;
      const name = path === "" ? node.tagName : `${path}/${node.tagName}`;
      if (node.tagName !== "wbr") found.elements.push(name);
      // Between the elements of a row or block is a gap.
      if (/^(td|th|tr|li|p|h\d|pre|br|summary)$/.test(node.tagName)) found.text += "\n";
      for (const { name: attribute, value } of node.attrs)
        if (attribute === "href" || attribute === "src") found.links.push(value);
        else if (attribute !== "align" && attribute !== "class") found.elements.push(`${name}@${attribute}`);
      walk(node.childNodes, name);
    }
  };
  walk(parseFragment(marked.parse(markdown, { gfm: true, async: false })).childNodes, "");
  return found;
}

export const plain = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
