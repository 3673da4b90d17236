// How the engine reads what a question needs: as it likes, with two threads, is in use here.

import { type Choice, IN_USE, type Variant } from '../variants.ts';

function reading(name: string, what: string, questionSettings: string): Variant {
  return { ...IN_USE, name, what, questionSettings };
}

export const readingChoice: Choice = {
  name: 'reading',
  summary: 'settings of questions: threads, read methods, buffers, the old analyzer',
  spans: 2_000_000,
  variants: [
    IN_USE,
    reading('one-thread', 'one thread', 'max_threads = 1'),
    reading('pread', 'files read in the thread that needs them', "local_filesystem_read_method = 'pread'"),
    reading('mmap', 'files mapped', "local_filesystem_read_method = 'mmap', min_bytes_to_use_mmap_io = 1"),
    reading('small-buffers', 'buffers of 64 KiB', 'max_read_buffer_size = 65536'),
    reading('old-analyzer', 'planned by the old analyzer', 'enable_analyzer = 0'),
  ],
};
