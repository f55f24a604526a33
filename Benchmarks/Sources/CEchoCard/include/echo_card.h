#ifndef ECHO_CARD_H
#define ECHO_CARD_H

#include <stddef.h>
#include <stdint.h>

/* A card for vpcd, as short as C allows: one thread, which gives the same answer to every APDU. */
struct echo_card {
    int socket;
    unsigned long thread;
    const uint8_t *atr;
    size_t atr_length;
    const uint8_t *answer;
    size_t answer_length;
};

/* Connects to 127.0.0.1:port and serves from then on; atr and answer have to outlive the card. 0, or errno. */
int echo_card_start(struct echo_card *card, uint16_t port);
void echo_card_stop(struct echo_card *card);

/* vpcd's side, without a pcscd: listens, takes many cards, and asks them all at once. */
int card_crowd_listen(uint16_t *port);
/* Takes one card; its socket, or -1. It asks for the ATR, gives power, and waits for the ATR. */
int card_crowd_accept(int listener);
/* Sends the command to every card, then takes every answer, count times; 0 when all answers ended with 9000. */
int card_crowd_run(const int *cards, size_t number, const uint8_t *command, size_t length, long count);
void card_crowd_close(int socket);

#endif
