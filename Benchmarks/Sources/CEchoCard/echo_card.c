#include "echo_card.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_body(int socket, const uint8_t *body, size_t length) {
    /* Not initialised: 64 KiB of zeroes an answer would slow down what is to be the quickest card. */
    uint8_t frame[2 + 65535];
    frame[0] = (uint8_t)(length >> 8);
    frame[1] = (uint8_t)length;
    memcpy(frame + 2, body, length);
    return send(socket, frame, length + 2, MSG_NOSIGNAL) == (ssize_t)length + 2 ? 0 : -1;
}

/* The length of the next body, or -1. */
static long receive_body(int socket, uint8_t *body) {
    uint8_t header[2];
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    if (recv(socket, header, 2, MSG_WAITALL) != 2) return -1;
    long length = header[0] << 8 | header[1];
    return length == 0 || recv(socket, body, length, MSG_WAITALL) == length ? length : -1;
}

static void *serve(void *argument) {
    const struct echo_card *card = argument;
    uint8_t body[65535];
    for (;;) {
        long length = receive_body(card->socket, body);
        if (length < 0) return NULL;
        int result = 0;
        if (length > 1) result = send_body(card->socket, card->answer, card->answer_length);
        if (length == 1 && body[0] == 4) result = send_body(card->socket, card->atr, card->atr_length);
        if (result) return NULL;
    }
}

int echo_card_start(struct echo_card *card, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    pthread_t thread;
    card->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (card->socket < 0) return errno;
    setsockopt(card->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(card->socket, (struct sockaddr *)&address, sizeof address)) return errno;
    int result = pthread_create(&thread, NULL, serve, card);
    card->thread = (unsigned long)thread;
    return result;
}

void echo_card_stop(struct echo_card *card) {
    shutdown(card->socket, SHUT_RDWR);
    pthread_join((pthread_t)card->thread, NULL);
    close(card->socket);
}
