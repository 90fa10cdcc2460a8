import type { RuntimeSnapshot } from "@bascule/core";
import { fit, formatDuration, plain } from "./cells.ts";

/** A heading, then a line for each operation in flight, the oldest first. */
export function operationTable({ operations }: RuntimeSnapshot): string[] {
  const heading =
    `${fit("SLOT", 6, "right")} ${fit("GENERATION", 10, "right")} ${fit("OPERATION", 16)} ` +
    `${fit("DESCRIPTOR", 10, "right")} ${fit("STATE", 10)} ` +
    `${fit("IN FLIGHT", 10, "right")} REFERENCED`;
  const ordered = operations.toSorted((left, right) => (right.forMs ?? 0) - (left.forMs ?? 0));
  const rows = ordered.map((each) => {
    const cells = [
      fit(String(each.slot), 6, "right"),
      fit(String(each.generation), 10, "right"),
      fit(plain(each.kind), 16),
      fit(each.descriptor < 0 ? "-" : String(each.descriptor), 10, "right"),
      fit(each.state, 10),
      fit(each.forMs === null ? "-" : formatDuration(each.forMs), 10, "right"),
      each.isReferenced ? "yes" : "no",
    ];
    return cells.join(" ");
  });
  return [heading, ...rows];
}

/** A heading, then a line for each thing that is open. */
export function resourceTable({ resources }: RuntimeSnapshot): string[] {
  const rows = resources.map(({ kind, detail }) => `${fit(plain(kind), 16)} ${plain(detail)}`);
  return [`${fit("KIND", 16)} DETAIL`, ...rows];
}
