import HTTPDoor
import HTTPTypes
import Hummingbird

/// Stands behind the door and before the routes: no foreign page, a token with each change; says in each answer what a browser may do.
///
/// The exact host, and how much a browser may send and for how long, is the door's (``HTTPDoor/Door``).
struct PageGuard: RouterMiddleware {
    /// The cookie's name: browsers keep the same cookies for all ports of a host, and two demos may run there.
    static func cookie(for request: Request) -> String {
        let port = (request.head.authority ?? "").split(separator: ":").last { $0.allSatisfy(\.isWholeNumber) }
        return "tessera-bank-\(port ?? "80")"
    }

    let browsers: Browsers

    @concurrent func handle(
        _ request: Request, context: ConsoleContext, next: @concurrent (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        var answer: Response
        do {
            var context = context
            try checkOrigin(of: request)
            context.browser = browsers.browser(request.cookies[Self.cookie(for: request)]?.value)
            if request.method != .get, request.method != .head { try checkChange(request, context.browser) }
            answer = try await next(request, context)
        } catch let error as any HTTPResponseError {
            answer = try error.response(from: request, context: context)
        }
        for (name, value) in Self.headers where answer.headers[name] == nil { answer.headers[name] = value }
        return answer
    }

    /// The door lets all pages of its own names in; one name's page may not ask at the other name either.
    private func checkOrigin(of request: Request) throws(Problem) {
        if let origin = request.headers[.origin], origin != "http://\(request.head.authority ?? "")" {
            throw Problem(.forbidden, "foreignOrigin", "another page may not ask here")
        }
        if let site = request.headers.value(of: "Sec-Fetch-Site"), site != "same-origin", site != "none" {
            throw Problem(.forbidden, "foreignOrigin", "another page may not ask here")
        }
    }

    private func checkChange(_ request: Request, _ browser: Browser?) throws(Problem) {
        guard let browser else {
            throw Problem(.unauthorized, "noSession", "this browser is not known here any more", userAction: "load the page again")
        }
        guard let token = request.headers.value(of: "X-CSRF-Token"), browser.admits(token) else {
            throw Problem(.forbidden, "wrongToken", "the page's token is missing or old", userAction: "load the page again")
        }
    }

    private static let headers: [(HTTPField.Name, String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=()"),
        ("Cache-Control", "no-store"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
}

extension HTTPFields {
    /// A field by its name as it is written.
    func value(of name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
