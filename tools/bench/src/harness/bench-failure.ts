// A measurement that cannot be trusted or did not come about: said in one sentence, without a stack. A run that
// loses spans ends with this, never with a figure.

export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}
