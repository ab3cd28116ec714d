// The search at the top: pages, sources, and the values of the dimensions; each leads somewhere.
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { COSTS, get, query } from "../lib/api";
import { AppContext } from "../lib/app";
import { exploreLink } from "../lib/explore";
import { useSettled } from "../lib/hooks";
import { PERSPECTIVES } from "../lib/perspectives";
import { navigate } from "../lib/router";
import { Combobox, type Option } from "./combobox";
import { Icon } from "./icons";

const PAGES: Option[] = [
  { value: "/", label: "Overview", hint: "page" },
  { value: "/explore", label: "Explorer", hint: "page" },
  { value: "/sources", label: "Sources", hint: "page" },
  { value: "/sources/new", label: "Add a source", hint: "page" },
  { value: "/cost-models", label: "Cost models", hint: "page" },
  { value: "/settings/tags", label: "Tags", hint: "settings" },
  { value: "/settings/currency", label: "Currency and exchange rates", hint: "settings" },
  { value: "/settings/retention", label: "Retention", hint: "settings" },
  { value: "/settings/system", label: "System", hint: "settings" },
  { value: "/activity", label: "Activity", hint: "page" },
];

interface Values {
  data: { value: string; account_alias?: string }[];
}

async function findValues(text: string, signal: AbortSignal): Promise<Option[]> {
  const perspective = PERSPECTIVES[0];
  const lists = await Promise.all(
    perspective.dimensions.filter((d) => d.values).map(async (d) => {
      const url = `${COSTS}/resource-types/${d.values}/?${query([["search", text], ["limit", "5"]])}`;
      const found = await get<Values>(url, signal).catch(() => ({ data: [] }));
      return found.data.map((v) => ({
        value: exploreLink({ p: perspective.id, f: `${d.id}=${v.value}`, g: perspective.dimensions.find((o) => o !== d)?.id ?? "" }),
        label: v.account_alias && v.account_alias !== v.value ? `${v.account_alias} (${v.value})` : v.value,
        hint: d.label.toLowerCase(),
      }));
    }),
  );
  return lists.flat();
}

export function Search({ focus }: { focus: { current: (() => void) | null } }) {
  const app = useContext(AppContext);
  const [text, setText] = useState("");
  const [values, setValues] = useState<Option[]>([]);
  const box = useRef<HTMLDivElement>(null);
  const asked = useSettled(text.trim());
  useEffect(() => {
    focus.current = () => box.current?.querySelector("input")?.focus();
  }, []);
  useEffect(() => {
    if (asked.length < 2) {
      setValues([]);
      return;
    }
    const abort = new AbortController();
    findValues(asked, abort.signal).then((found) => !abort.signal.aborted && setValues(found), () => undefined);
    return () => abort.abort();
  }, [asked]);
  const wanted = text.trim().toLowerCase();
  const sources = (app?.sources ?? []).map((s) => ({ value: `/sources/${s.id}`, label: s.name, hint: "source" }));
  const options = wanted ? [...[...PAGES, ...sources].filter((o) => o.label.toLowerCase().includes(wanted)).slice(0, 6), ...values] : [];
  return (
    <div class="search" role="search" ref={box}>
      <Icon name="search" size={16} />
      <Combobox
        label="Search pages, sources, services, accounts and regions" hideLabel placeholder="Search services, accounts, sources …" options={options} text={text} onText={setText}
        onPick={(option) => {
          setText("");
          navigate(option.value);
        }}
        onEnter={() => options[0] && (setText(""), navigate(options[0].value))}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}
