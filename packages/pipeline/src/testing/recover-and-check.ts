/** Recovery and the check that follows before an insert, in one, as tests look at them. */
import { checkSegmentAtOnce } from '../segment/check-segment.ts';
import type { RecoveryFolders } from '../segment/damage.ts';
import { type Recovered, recoverSegments } from '../segment/recover.ts';

export function recoverAndCheck(folders: RecoveryFolders): Recovered {
  const recovered = recoverSegments(folders);
  const checked = recovered.segments.map((segment) => checkSegmentAtOnce(folders, segment));
  return {
    ...recovered,
    segments: checked.flatMap(({ segment }) => segment ?? []),
    damaged: [...recovered.damaged, ...checked.flatMap(({ damaged }) => damaged ?? [])],
  };
}
