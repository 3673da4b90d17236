/**
 * Settings as data: validation, layers, provenance, and the pages that come from them. Nothing here does I/O.
 * The reader of YAML has an entrance of its own, so that who needs no file does not load it.
 */
export {
  defineSettings,
  envName,
  flagsOf,
  type SettingEntry,
  type Settings,
  type SettingsNames,
  type SettingsSection,
} from './define-settings.ts';
export { environmentLayer } from './environment-layer.ts';
export { type FlagLayer, flagLayer } from './flag-layer.ts';
export { emptyLayer, type Layer, type LayerEntry } from './layer.ts';
export { editDistance, nearestName } from './nearest.ts';
export { expectation, parseList, parseValue, printValue, type WrongValue } from './parse-value.ts';
export { configAsJson, type PrintedSetting, printedSettings, type SettingAsJson } from './print-config.ts';
export { type Origin, type Problem, printOrigin, printProblem, unknownName } from './problem.ts';
export { parseBytes, parseDuration, printBytes, printDuration } from './quantity.ts';
export { referencePage } from './reference-page.ts';
export {
  type Config,
  originOf,
  type ResolvedSetting,
  type ResolveOptions,
  resolveSettings,
} from './resolve-settings.ts';
export { sampleFile, wrap } from './sample-file.ts';
export {
  isSetting,
  type Setting,
  type SettingDefault,
  type SettingsTree,
  type SettingValue,
  type ValueKind,
  type ValueOf,
  type ValueSpec,
  type ValuesOf,
} from './setting.ts';
