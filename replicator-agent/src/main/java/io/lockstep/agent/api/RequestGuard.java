package io.lockstep.agent.api;

import io.lockstep.agent.configuration.Units;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/**
 * Keeps foreign web pages from using a browser that can reach the console.
 *
 * <p>A page of another site that makes its own host name resolve to this address (DNS rebinding)
 * sends that name as {@code Host}: only numeric addresses and {@code localhost} are served. A page
 * that posts across sites cannot set {@code X-Lockstep} or a JSON content type without a preflight,
 * which is never granted.
 */
final class RequestGuard implements Handler<RoutingContext> {
  /** Header that every changing request carries. */
  static final String HEADER = "X-Lockstep";

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  @Override
  public void handle(RoutingContext context) {
    HttpServerResponse response = context.response();
    response.putHeader("Content-Security-Policy", POLICY);
    response.putHeader("X-Content-Type-Options", "nosniff");
    response.putHeader("X-Frame-Options", "DENY");
    response.putHeader("Referrer-Policy", "no-referrer");
    response.putHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.putHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.putHeader("Cache-Control", "no-store");
    String host = context.request().getHeader("Host");
    if (!numeric(host)) {
      Answers.error(
          context,
          421,
          "this console answers only to a numeric address or localhost, not to '" + host + "'");
      return;
    }
    String origin = context.request().getHeader("Origin");
    if (origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host)) {
      Answers.error(context, 403, "requests from pages of " + origin + " are refused");
      return;
    }
    if (context.request().method().equals(HttpMethod.POST) && !deliberate(context)) {
      return;
    }
    context.next();
  }

  private static boolean deliberate(RoutingContext context) {
    String type = context.request().getHeader("Content-Type");
    if (type == null || !type.split(";", 2)[0].trim().equalsIgnoreCase("application/json")) {
      Answers.error(context, 415, "send the command with Content-Type: application/json");
      return false;
    }
    if (context.request().getHeader(HEADER) == null) {
      Answers.error(context, 403, "send the command with the header " + HEADER + ": 1");
      return false;
    }
    return true;
  }

  private static boolean numeric(String host) {
    if (host == null) {
      return false;
    }
    String name = host.replaceFirst(":\\d{1,5}$", "");
    boolean brackets = name.startsWith("[") && name.endsWith("]");
    String bare = brackets ? name.substring(1, name.length() - 1) : name;
    return bare.equals("localhost") || Units.address(bare).isPresent();
  }
}
