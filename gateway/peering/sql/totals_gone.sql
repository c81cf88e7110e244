DROP TRIGGER totals_rise ON gateway_daytotals;
