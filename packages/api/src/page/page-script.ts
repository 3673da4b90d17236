/**
 * The page's script: asks the native API every two seconds and brings the page up to date. Everything that comes
 * from outside goes in as text, never as markup. Without it the page still says what it said when it was loaded.
 */
export const PAGE_SCRIPT: string = `
'use strict';
(() => {
  const base = 'api/tracewright/v1/';
  const count = new Intl.NumberFormat('en');
  const find = (name) => document.querySelector('[data-live="' + name + '"]');
  const say = (name, text) => { const at = find(name); if (at && at.textContent !== text) at.textContent = text; };
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const plural = (n, one, many) => count.format(n) + ' ' + (n === 1 ? one : many);
  const colours = new Map();
  const hash = (name) => {
    let sum = 0;
    for (let at = 0; at < name.length; at++) sum = (Math.imul(sum, 31) + name.charCodeAt(at)) >>> 0;
    return sum % 10;
  };
  const assignColours = (names) => {
    colours.clear();
    for (const name of names) {
      let colour = hash(name);
      const used = new Set([...colours.values()].slice(-9));
      while (used.has(colour)) colour = (colour + 1) % 10;
      colours.set(name, colour);
    }
  };
  const colour = (name) => 'c' + (colours.get(name) ?? hash(name));
  const took = (nano) => {
    const ms = Number(nano) / 1e6;
    if (ms === 0) return '0 s';
    if (ms < 1) return Math.round(ms * 1000) + ' \\u00b5s';
    if (ms < 1000) return Number(ms.toPrecision(3)) + ' ms';
    if (ms < 60000) return Number((ms / 1000).toPrecision(3)) + ' s';
    const seconds = Math.round(ms / 1000);
    return Math.floor(seconds / 60) + ' min ' + (seconds % 60) + ' s';
  };
  const ago = (ms) => {
    const seconds = Math.round(ms / 1000);
    if (seconds < 1) return 'now';
    if (seconds < 60) return seconds + ' s ago';
    if (seconds < 3600) return Math.floor(seconds / 60) + ' min ago';
    if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ago';
    return Math.floor(seconds / 86400) + ' d ago';
  };
  const get = async (path) => {
    const response = await fetch(base + path, { headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error(path + ' answered ' + response.status);
    return response.json();
  };

  const points = [];
  const WINDOW_MS = 60000;
  let last;
  const drawRate = (received) => {
    const now = performance.now();
    // After a restart the counts begin anew.
    if (last && received >= last.received && now > last.at) {
      points.push({ at: now, rate: (received - last.received) / ((now - last.at) / 1000) });
    }
    last = { at: now, received };
    while (points.length > 0 && now - points[0].at > WINDOW_MS) points.shift();
    const top = Math.max(1, ...points.map((point) => point.rate));
    const place = (point) => [600 - ((now - point.at) / WINDOW_MS) * 600, 79 - (point.rate / top) * 73];
    const line = points.map((point, at) => (at === 0 ? 'M' : 'L') + place(point).map((n) => n.toFixed(1)).join(' ')).join('');
    document.querySelector('.line').setAttribute('d', line);
    const first = points.length > 0 ? place(points[0])[0].toFixed(1) : '600';
    document.querySelector('.area').setAttribute('d', line === '' ? '' : line + 'L600 80L' + first + ' 80Z');
    const current = points.length > 0 ? points[points.length - 1].rate : 0;
    say('rate', (current >= 10 ? count.format(Math.round(current)) : Number(current.toFixed(1))) + ' / s');
  };

  const fill = (name, items, empty) => {
    const list = find(name);
    if (!list) return;
    list.replaceChildren(...(items.length > 0 ? items : [make('li', 'empty', empty)]));
  };
  const showServices = (names) => {
    assignColours(names);
    fill('services', names.map((name) => {
      const link = make('a');
      link.href = base + 'search?service=' + encodeURIComponent(name);
      link.append(make('i', colour(name)), name === '' ? '(without a name)' : name);
      const item = make('li');
      item.append(link);
      return item;
    }), 'Waiting for the first one.');
    say('service-count', names.length === 0 ? '' : count.format(names.length));
  };
  const showTraces = (traces) => {
    fill('traces', traces.map((trace) => {
      const link = make('a');
      link.href = base + 'traces/' + encodeURIComponent(trace.traceId);
      const what = make('span', 'what', trace.rootName + ' ');
      what.append(make('span', '', trace.rootService));
      const more = make('span', 'more');
      const time = make('time', '', ago(Date.now() - Number(trace.startUnixNano) / 1e6));
      time.dateTime = new Date(Number(trace.startUnixNano) / 1e6).toISOString();
      more.append(time, ' \\u00b7 ' + plural(trace.spans, 'span', 'spans'));
      if (trace.errors > 0) more.append(' \\u00b7 ', make('span', 'failed', plural(trace.errors, 'error', 'errors')));
      link.append(make('i', colour(trace.rootService)), what, make('span', 'took', took(trace.durationNano)), more);
      const item = make('li');
      item.append(link);
      return item;
    }), 'Waiting for the first one.');
  };
  const showStatus = (status) => {
    const spans = status.accounts.spans;
    const logs = status.accounts.logs;
    const pill = find('state');
    pill.dataset.state = status.ready ? 'ready' : 'starting';
    say('state', status.ready ? 'Ready' : 'Starting');
    say('spans-stored', count.format(spans.stored));
    say('logs-stored', count.format(logs.stored));
    say('waiting', count.format(spans.inFlight + logs.inFlight));
    say('lag', took(status.lagMs * 1e6));
    const rejected = spans.rejected + logs.rejected;
    say('rejected', count.format(rejected));
    find('rejected').parentElement.className = rejected > 0 ? 'bad' : '';
    say('session', 'Since this start, ' + plural(spans.received, 'span', 'spans') + ' and ' +
      plural(logs.received, 'log record', 'log records') + ' arrived.');
    for (const receiver of status.receivers) {
      say('requests ' + receiver.id, count.format(receiver.requests));
      say('accepted ' + receiver.id, count.format(receiver.accepted));
    }
    drawRate(spans.received);
  };

  let seen = '';
  let timer;
  const refresh = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const status = await get('status');
      showStatus(status);
      const now = JSON.stringify([status.ready, status.accounts.spans.stored, status.accounts.logs.stored, status.startedAt]);
      if (status.ready && now !== seen) {
        const [services, traces] = await Promise.all([get('services'), get('search?limit=8')]);
        showServices(services.services);
        showTraces(traces.traces);
        say('headline', services.services.length === 0 ? 'Nothing has arrived yet'
          : plural(services.services.length, 'service is', 'services are') + ' on record');
        seen = now;
      }
    } catch {
      find('state').dataset.state = 'lost';
      say('state', 'No connection');
    }
    timer = setTimeout(refresh, 2000);
  };
  document.addEventListener('visibilitychange', refresh);
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('.copy button');
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Select and copy';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  for (const button of document.querySelectorAll('.copy button')) button.hidden = false;
  refresh();
})();
`;
