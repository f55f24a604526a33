#include "echo_card.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

int card_crowd_listen(uint16_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) return -1;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 8) ||
        getsockname(listener, (struct sockaddr *)&address, &size)) {
        close(listener);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return listener;
}

static int answer(int card, uint8_t *body) {
    uint8_t header[2];
    if (recv(card, header, 2, MSG_WAITALL) != 2) return -1;
    int length = header[0] << 8 | header[1];
    return recv(card, body, length, MSG_WAITALL) == length ? length : -1;
}

int card_crowd_accept(int listener) {
    static const uint8_t greeting[] = {0, 1, 4, 0, 1, 1};
    uint8_t body[65535];
    int on = 1;
    int card = accept(listener, NULL, NULL);
    if (card < 0) return -1;
    setsockopt(card, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (send(card, greeting, sizeof greeting, MSG_NOSIGNAL) == sizeof greeting && answer(card, body) > 0) return card;
    close(card);
    return -1;
}

int card_crowd_run(const int *cards, size_t number, const uint8_t *command, size_t length, long count) {
    uint8_t body[65535];
    uint8_t frame[2 + 261];
    if (length > 261) return -1;
    frame[0] = (uint8_t)(length >> 8);
    frame[1] = (uint8_t)length;
    for (size_t i = 0; i < length; i++) frame[i + 2] = command[i];
    for (long round = 0; round < count; round++) {
        for (size_t i = 0; i < number; i++)
            if (send(cards[i], frame, length + 2, MSG_NOSIGNAL) != (ssize_t)length + 2) return -1;
        for (size_t i = 0; i < number; i++) {
            int got = answer(cards[i], body);
            if (got < 2 || body[got - 2] != 0x90 || body[got - 1] != 0x00) return -1;
        }
    }
    return 0;
}

void card_crowd_close(int socket) { close(socket); }
