import { isDark, onThemeChange } from "../shared/theme.js";

// The HTTP API's description, shown by Swagger UI, which its own script has put on `window`.

/**
 * @typedef {{ SwaggerUIBundle: (options: object) => void }} Viewer
 */

const { SwaggerUIBundle } = /** @type {Window & Viewer} */ (/** @type {unknown} */ (window));

/** The viewer has dark colours of its own, where the page has this class. */
const followTheme = () => document.documentElement.classList.toggle("dark-mode", isDark());
followTheme();
onThemeChange(followTheme);

SwaggerUIBundle({
  dom_id: "#api",
  url: "/api/openapi.json",
  validatorUrl: null, // a server elsewhere: nothing leaves this one
  deepLinking: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  plugins: [{ wrapComponents: { ServersContainer: () => () => null } }], // there is one server: this
});
