/*
 * Loaded before each test file: threads that a host starts would read NODE_OPTIONS, and so load what the runner needs of
 * its own process into each lane.
 */
delete process.env['NODE_OPTIONS']
