import { usePlace } from "../lib/router";

const TABS = [
  { href: "/cost-models", label: "Cost models" },
  { href: "/price-lists", label: "Price lists" },
];

export function ModelTabs() {
  const { path } = usePlace();
  return (
    <nav class="tabs" aria-label="Cost models">
      {TABS.map((t) => <a key={t.href} href={t.href} aria-current={path === t.href ? "page" : undefined}>{t.label}</a>)}
    </nav>
  );
}
