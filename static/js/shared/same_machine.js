/** Whether a page runs on the server's own computer: then there is no network between them, and they share its cores. */

/** @param {string} hostname as `location.hostname` gives it */
export const isLoopback = (hostname) => /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/**
 * @param {{same_machine?: boolean} | null} [hello] what the server says of it: it knows its own addresses on the local network
 */
export const onServersMachine = (hello) => isLoopback(location.hostname) || hello?.same_machine === true;
