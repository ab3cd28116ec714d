// What can be asked of each kind of provider: one row each, in the API's own names.
export interface Dimension {
  id: string;
  label: string;
  plural: string;
  /** Where values are suggested from. */
  values?: string;
}

export interface ReportKind {
  id: string;
  label: string;
  path: string;
  measure: "cost" | "usage";
}

export interface Perspective {
  id: string;
  label: string;
  /** Of the Sources API and of the cost-management one. */
  sourceType: string;
  costType: string;
  reports: ReportKind[];
  dimensions: Dimension[];
  tags: string;
  /** Where the keys of cost categories come from. */
  categories?: string;
  forecast: string;
  hasCostTypes: boolean;
}

const dimension = (id: string, label: string, plural: string, values?: string): Dimension => ({ id, label, plural, values });

function cloudReports(path: string): ReportKind[] {
  return [
    { id: "costs", label: "Cost", path: `reports/${path}/costs/`, measure: "cost" },
    { id: "instance-types", label: "Compute hours", path: `reports/${path}/instance-types/`, measure: "usage" },
    { id: "storage", label: "Storage", path: `reports/${path}/storage/`, measure: "usage" },
  ];
}

export const PERSPECTIVES: Perspective[] = [
  {
    id: "aws",
    label: "Amazon Web Services",
    sourceType: "amazon",
    costType: "AWS",
    reports: cloudReports("aws"),
    dimensions: [
      dimension("service", "Service", "services", "aws-services"),
      dimension("account", "Account", "accounts", "aws-accounts"),
      dimension("region", "Region", "regions", "aws-regions"),
      dimension("product_family", "Product family", "product families"),
      dimension("az", "Availability zone", "availability zones"),
    ],
    tags: "tags/aws/",
    categories: "resource-types/aws-categories/",
    forecast: "forecasts/aws/costs/",
    hasCostTypes: true,
  },
  {
    id: "azure",
    label: "Microsoft Azure",
    sourceType: "azure",
    costType: "Azure",
    reports: cloudReports("azure"),
    dimensions: [
      dimension("service_name", "Service", "services", "azure-services"),
      dimension("subscription_guid", "Subscription", "subscriptions", "azure-subscription-guids"),
      dimension("resource_location", "Region", "regions", "azure-regions"),
    ],
    tags: "tags/azure/",
    forecast: "forecasts/azure/costs/",
    hasCostTypes: false,
  },
  {
    id: "gcp",
    label: "Google Cloud",
    sourceType: "google",
    costType: "GCP",
    reports: cloudReports("gcp"),
    dimensions: [
      dimension("service", "Service", "services", "gcp-services"),
      dimension("gcp_project", "Project", "projects", "gcp-projects"),
      dimension("account", "Account", "accounts", "gcp-accounts"),
      dimension("region", "Region", "regions", "gcp-regions"),
    ],
    tags: "tags/gcp/",
    forecast: "forecasts/gcp/costs/",
    hasCostTypes: false,
  },
  {
    id: "ocp",
    label: "OpenShift",
    sourceType: "openshift",
    costType: "OCP",
    reports: [
      { id: "costs", label: "Cost", path: "reports/openshift/costs/", measure: "cost" },
      { id: "compute", label: "CPU", path: "reports/openshift/compute/", measure: "usage" },
      { id: "memory", label: "Memory", path: "reports/openshift/memory/", measure: "usage" },
      { id: "volumes", label: "Volumes", path: "reports/openshift/volumes/", measure: "usage" },
    ],
    dimensions: [
      dimension("project", "Project", "projects", "openshift-projects"),
      dimension("cluster", "Cluster", "clusters", "openshift-clusters"),
      dimension("node", "Node", "nodes", "openshift-nodes"),
    ],
    tags: "tags/openshift/",
    forecast: "forecasts/openshift/costs/",
    hasCostTypes: false,
  },
];

export const COST_TYPES = [
  { id: "unblended_cost", label: "Unblended" },
  { id: "calculated_amortized_cost", label: "Amortized" },
  { id: "blended_cost", label: "Blended" },
  { id: "savingsplan_effective_cost", label: "Savings plan effective" },
];

/** The perspectives of which there are sources; AWS when there are none. */
export function offered(sourceTypes: string[]): Perspective[] {
  const found = PERSPECTIVES.filter((p) => sourceTypes.includes(p.sourceType));
  return found.length > 0 ? found : [PERSPECTIVES[0]];
}

export function dimensionLabel(perspective: Perspective, id: string): string {
  if (id.startsWith("tag:")) return `Tag ${id.slice(4)}`;
  if (id.startsWith("aws_category:")) return id.slice("aws_category:".length);
  return perspective.dimensions.find((d) => d.id === id)?.label ?? id;
}
