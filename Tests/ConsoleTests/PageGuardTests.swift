import Foundation
import NIOHTTP1
import Testing

@Suite struct PageGuardTests {
    @Test func `the page comes with a policy that runs nothing but its own files`() async throws {
        try await RunningConsole.with { console in
            let page = try await console.ask(.GET, "/")
            #expect(page.status == 200)
            #expect(page.text.contains("<script type=\"module\" src=\"/js/main.js\"></script>"))
            let policy = page.headers.first(name: "Content-Security-Policy") ?? ""
            #expect(policy.contains("default-src 'none'; script-src 'self'; style-src 'self';"))
            #expect(!policy.contains("unsafe"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(page.headers.first(name: "X-Frame-Options") == "DENY")
            #expect(page.headers.first(name: "Referrer-Policy") == "no-referrer")
            #expect(page.headers.first(name: "X-Content-Type-Options") == "nosniff")
        }
    }

    @Test func `no file of the page has a script or a style in its markup`() async throws {
        try await RunningConsole.with { console in
            let page = try await console.ask(.GET, "/index.html").text
            #expect(!page.contains("style="))
            #expect(!page.contains("<style"))
            #expect(page.components(separatedBy: "<script").count == 2)
        }
    }

    @Test func `the cookie is for this server alone and no script reads it`() async throws {
        try await RunningConsole.with { console in
            let cookie = try await console.ask(.GET, "/api/state").headers.first(name: "Set-Cookie") ?? ""
            #expect(cookie.contains("HttpOnly"))
            #expect(cookie.contains("SameSite=Strict"))
            #expect(cookie.contains("Path=/"))
            #expect(!cookie.contains("Domain"))
            #expect(cookie.starts(with: "tessera-bank-\(console.port)="), "another demo has another port, and cookies know no ports")
        }
    }

    @Test(arguments: ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:80", "[::1]:80"])
    func `another host is refused`(host: String) async throws {
        try await RunningConsole.with { console in
            let answer = try await console.ask(.GET, "/api/state", [("Host", host)])
            #expect(answer.status == 421)
            #expect(answer.code == "foreignHost")
            #expect(answer.headers.first(name: "Set-Cookie") == nil)
        }
    }

    @Test func `localhost is the same host`() async throws {
        try await RunningConsole.with { console in
            let answer = try await console.ask(.GET, "/", [("Host", "localhost:\(console.port)")])
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: [
        ("Origin", "http://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
    ])
    func `another page is refused`(header: (String, String)) async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let answer = try await console.ask(.DELETE, "/api/draft", [cookie, token, header])
            #expect(answer.status == 403)
            #expect(answer.code == "foreignOrigin")
        }
    }

    @Test func `a change needs the token of its own browser`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let (_, foreign) = try await console.browser()
            #expect(try await console.ask(.DELETE, "/api/draft", [cookie]).code == "wrongToken")
            #expect(try await console.ask(.DELETE, "/api/draft", [cookie, foreign]).code == "wrongToken")
            #expect(try await console.ask(.DELETE, "/api/draft", [token]).code == "noSession")
            #expect(try await console.ask(.DELETE, "/api/draft", [cookie, token]).status == 200)
        }
    }

    @Test func `a form of another page is no request`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let form = ("Content-Type", "application/x-www-form-urlencoded")
            #expect(try await console.ask(.POST, "/api/sign-in", [cookie, token, form], body: "user=anna").status == 415)
            let text = ("Content-Type", "text/plain")
            #expect(try await console.ask(.POST, "/api/emulators/CARD/pin", [cookie, token, text], body: "123456").status == 415)
        }
    }

    @Test(arguments: [
        "/api/emulators/X/snapshot", "/api/emulators/X/restore", "/api/emulators/..%2f..%2fv1/press", "/api/emulators/../press",
        "/v1/devices", "/api/audit", "/js/../../CAssets.c", "/js/%2e%2e/index.html",
    ])
    func `a path that is not the page's own leads nowhere`(path: String) async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            #expect([400, 404, 405].contains(try await console.ask(.POST, path, [cookie, token, json], body: "{}").status))
            #expect([400, 404, 405].contains(try await console.ask(.GET, path, [cookie]).status))
        }
    }

    @Test func `a name with a space is a name: one of the pictures is a hot-air balloon`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let answer = try await console.ask(.POST, "/api/emulators/hot-air%20balloon/press", [cookie, token, json], body: "{}")
            #expect(answer.code == "doorUnreachable")
        }
    }

    @Test func `more than fits is refused`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let long = String(repeating: "a", count: 70_000)
            let answer = try await console.ask(.PUT, "/api/draft", [cookie, token, json], body: "{\"name\":\"\(long)\"}")
            #expect(answer.code == "tooLarge")
            let picture = ("Content-Type", "image/png")
            let look = try await console.ask(
                .POST, "/api/emulators/SCAN/look", [cookie, token, picture], body: String(repeating: "a", count: 1 << 21))
            #expect(look.code == "tooLarge")
        }
    }

    @Test func `a misspelt member is not passed over`() async throws {
        try await RunningConsole.with { console in
            let (cookie, token) = try await console.browser()
            let answer = try await console.ask(.PUT, "/api/draft", [cookie, token, json], body: #"{"name": "a", "amuont": "1"}"#)
            #expect(answer.code == "unknownMember")
        }
    }

    @Test func `a file that the browser has is not sent again`() async throws {
        try await RunningConsole.with { console in
            let first = try await console.ask(.GET, "/style.css")
            let tag = first.headers.first(name: "ETag") ?? ""
            #expect(!tag.isEmpty)
            #expect(try await console.ask(.GET, "/style.css", [("If-None-Match", tag)]).status == 304)
        }
    }
}
