import { APP_LABEL, LABEL, MANAGED_BY } from '../contract/labels';

export interface LabelOptions {
  readonly name: string;
  readonly component: string;
  /** The fleet, or the namespace where there is none. */
  readonly partOf: string;
  readonly version?: string;
}

/** Kubernetes' recommended labels, for everything that we emit. */
export function standardLabels(options: LabelOptions): Record<string, string> {
  return {
    [APP_LABEL.NAME]: options.name,
    [APP_LABEL.INSTANCE]: options.partOf === options.name ? options.name : asLabelValue(`${options.partOf}-${options.name}`),
    [APP_LABEL.COMPONENT]: options.component,
    [APP_LABEL.PART_OF]: options.partOf,
    ...(options.version === undefined ? {} : { [APP_LABEL.VERSION]: asLabelValue(options.version) }),
    [APP_LABEL.MANAGED_BY]: MANAGED_BY,
  };
}

/** What selects the pods of one workload, and nothing else. */
export function podSelector(role: string, name: string): Record<string, string> {
  return { [LABEL.ROLE]: role, [APP_LABEL.NAME]: name };
}

/** The nearest value that Kubernetes takes: at most 63 characters, a letter or digit at both ends. */
function asLabelValue(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[^A-Za-z0-9]+/, '').slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');
}
