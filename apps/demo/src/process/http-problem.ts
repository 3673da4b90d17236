// A refusal with an HTTP status: thrown by a handler, answered by the service's listener.

export class HttpProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HttpProblem';
    this.status = status;
  }
}
